"""One decision about one record: claimed, carried out, logged, so that it can be replayed without it later."""
