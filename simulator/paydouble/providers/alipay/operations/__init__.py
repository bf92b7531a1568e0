"""What can be asked of Alipay, a module for each kind of thing."""
