"""HTTP only: parse, call one verb, render."""
