// Placeholder: Requests.
