"""Where reports are delivered to. Each target is one module with a `send`."""
