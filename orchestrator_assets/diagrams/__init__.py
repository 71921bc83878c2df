"""Pictures of graphs: one description, drawn as Mermaid text and as SVG. The same description gives the same bytes."""
