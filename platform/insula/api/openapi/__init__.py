"""The OpenAPI document of one tenant and one caller, and the page that shows it."""
