"""Editions without a server: pages to read, slides, papers; all from the stored notebooks."""

from labsupport.run.editions.command import add_parser as add_parser
