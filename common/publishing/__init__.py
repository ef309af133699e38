"""Draft, schedule, expiry, preview, sharing, check before publishing: one flow for every kind of text."""
