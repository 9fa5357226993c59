"""Proxy Value Propagation: learning from active human involvement."""
