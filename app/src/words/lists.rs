//! Long lists, and counts that end somewhere.

/// What long lists say of themselves.
#[derive(Debug)]
#[allow(missing_docs, reason = "each name says the text it holds")]
pub struct ListWords {
    /// The count after which nothing is counted.
    pub many: &'static str,
    /// The same, as it is read out.
    pub many_title: &'static str,
    pub pages: &'static str,
    pub next: &'static str,
    pub first: &'static str,
    pub first_closed: &'static str,
    pub no_more: &'static str,
    pub search_cut: &'static str,
    pub stuck_cut: &'static str,
}

/// English.
pub(super) const EN: ListWords = ListWords {
    many: "10,000+",
    many_title: "more than 10,000",
    pages: "More tasks",
    next: "Next tasks",
    first: "Back to the most urgent",
    first_closed: "Back to the latest",
    no_more: "There is nothing after these.",
    search_cut: "More than 10,000 runs begin with what you typed. Only 10,000 of them were looked at. Type more to find the rest.",
    stuck_cut: "More than 2,000 tasks wait for programs that nobody runs. Only 2,000 of them were looked at.",
};

/// Spanish.
pub(super) const ES: ListWords = ListWords {
    many: "10.000+",
    many_title: "más de 10.000",
    pages: "Más tareas",
    next: "Tareas siguientes",
    first: "Volver a las más urgentes",
    first_closed: "Volver a las últimas",
    no_more: "No hay nada después de estas.",
    search_cut: "Más de 10.000 casos empiezan con lo que escribió. Solo se miraron 10.000. Escriba más para encontrar los demás.",
    stuck_cut: "Más de 2.000 tareas esperan a programas que nadie tiene en marcha. Solo se miraron 2.000 de ellas.",
};
