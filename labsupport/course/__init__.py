"""What helps a person learn: questions, forms, the glossary, facts, help after a typing error."""
