mod figures;
mod sla;

pub(super) use sla::sla;
