"""Architecture pages against templates, the fleet registry and one another; links, commands, proposals, drift."""
