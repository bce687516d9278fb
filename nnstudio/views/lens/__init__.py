"""Window lens: one output pixel of a convolution or pooling, taken apart."""
