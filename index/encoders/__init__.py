"""Text to vectors: the encoders, and the conversion of a model to ONNX."""
