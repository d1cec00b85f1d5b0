' Does nothing: the first start of a script host writes keys of its own.
