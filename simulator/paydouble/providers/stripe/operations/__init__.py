"""Operations of the Stripe simulator, one module a resource."""
