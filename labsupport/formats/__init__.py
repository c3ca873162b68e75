"""Files of others, read without a network: certificates, statistics, logs."""
