"""The published contract: JSON Schema 2020-12, one file per kind of record, and the Hugging Face features."""
