// Placeholder: Units.
