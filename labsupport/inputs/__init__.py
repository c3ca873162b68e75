"""What a person typed, read: names, numbers, times. What cannot be read raises NotUnderstood."""
