//! The one integration binary: everything that needs more than one module.

mod architecture;
//! The one integration binary; each module is a subject.

mod aws_protocols;
