"""What is written of events: for locators, for analysts, for people."""
