"""What is made of the record: kept, sealed, checked, reported; requests drafted."""
