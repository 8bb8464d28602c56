//! The one integration binary; each module is a subject.

mod aws_protocols;
