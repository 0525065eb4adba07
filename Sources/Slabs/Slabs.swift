// Placeholder: Slabs.
