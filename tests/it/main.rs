//! The one integration binary: everything that needs more than one module.

mod architecture;
mod aws_protocols;
