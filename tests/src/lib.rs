//! Tests that drive the product from outside.
