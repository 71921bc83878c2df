"""One file an activity, its prompt beside it: a module here that defines ACTIVITY is registered."""
