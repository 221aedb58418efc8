"""Clients for the APIs of others: one module for each API, and what all of them share."""
