// Placeholder: Pages.
