"""Delivery: networks that carry requests, and wrappers around any of them."""
