"""Neural-network recipes for Keras 3."""
