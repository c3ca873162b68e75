"""Editions without a server: pages to read, from the stored notebooks, and papers."""

from labsupport.editions.command import add_parser as add_parser
