"""The operations of API v2: XML at fixed addresses, all of them POST."""
