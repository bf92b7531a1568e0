"""The operations of WeChat Pay, one module a resource."""
