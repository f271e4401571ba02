"""What pages are made of: the shell, the address, forms, components, figures and the report."""
