// Placeholder: Platform.
