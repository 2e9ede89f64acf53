mod sla;

pub(super) use sla::sla;
