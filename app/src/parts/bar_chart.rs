//! A small chart of days: bars of met over breached. The numbers stand in the table behind it.

use leptos::prelude::*;

use crate::views::SlaDayRow;
use crate::words::when;

/// The drawing's height, in its own units.
const HEIGHT: f64 = 110.0;
/// A day's width, in the drawing's units.
const DAY: f64 = 14.0;
/// At most so many day labels under the bars.
const LABELS_MAX: usize = 6;

/// Met and breached by day.
#[component]
pub(crate) fn BarChart(days: Vec<SlaDayRow>) -> impl IntoView {
    let most = days
        .iter()
        .map(|row| row.figures.met + row.figures.breached)
        .max()
        .unwrap_or(0)
        .max(1);
    let width = days.len().max(1) as f64 * DAY;
    let every = days.len().div_ceil(LABELS_MAX).max(1);
    let tall = move |count: u64| count as f64 / most as f64 * HEIGHT;
    let bars = days
        .iter()
        .enumerate()
        .map(|(place, row)| {
            let left = place as f64 * DAY + 2.0;
            let (met, breached) = (tall(row.figures.met), tall(row.figures.breached));
            view! {
                <rect class="hms-chart__met" x=left y=HEIGHT - met width=DAY - 4.0 height=met></rect>
                <rect
                    class="hms-chart__breached"
                    x=left
                    y=HEIGHT - met - breached
                    width=DAY - 4.0
                    height=breached
                ></rect>
            }
        })
        .collect_view();
    let labels = days
        .iter()
        .enumerate()
        .step_by(every)
        .map(|(place, row)| {
            let text = when::day(row.day).split_off(5);
            view! {
                <text class="hms-chart__label" x=place as f64 * DAY + 2.0 y=HEIGHT + 14.0>{text}</text>
            }
        })
        .collect_view();
    view! {
        <figure class="hms-chart">
            <svg
                viewBox=format!("0 -4 {width} {}", HEIGHT + 24.0)
                role="img"
                aria-label="Met and breached deadlines by day; the same numbers are in the table below"
            >
                <line class="hms-chart__axis" x1="0" y1=HEIGHT x2=width y2=HEIGHT></line>
                {bars}
                {labels}
            </svg>
            <figcaption class="hms-chart__legend">
                <span class="hms-chart__key hms-chart__key--met">"Met"</span>
                <span class="hms-chart__key hms-chart__key--breached">"Breached"</span>
                <span>{format!("Tallest day: {most}")}</span>
            </figcaption>
        </figure>
    }
}
