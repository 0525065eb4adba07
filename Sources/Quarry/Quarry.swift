// Placeholder: Quarry.
