"""Reading text documents: decoding, YAML, Markdown and reStructuredText outlines, header metadata, dates, links.

Shared by every kind of document; knows nothing of git, the catalog or any one kind.
"""
