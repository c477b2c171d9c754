"""Ripeline decides, explains and proves which leads are ripe."""
