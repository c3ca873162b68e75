"""Files of others, read and written without a network: certificates, statistics, logs."""
