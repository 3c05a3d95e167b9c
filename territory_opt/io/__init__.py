"""Tables in, files out: where ids become indices and back."""
