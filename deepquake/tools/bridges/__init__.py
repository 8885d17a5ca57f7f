"""Catalogues and picks as other programs take them."""
