//! Results on standard output, messages on standard error, and nothing else on either.

use std::io::{self, Write};

use serde::Serialize;

/// Where a command puts its result.
pub struct Output {
    out: Box<dyn Write + Send>,
    messages: Box<dyn Write + Send>,
}

impl Output {
    /// The process's own streams.
    pub fn stdout() -> Self {
        Self { out: Box::new(io::stdout()), messages: Box::new(io::stderr()) }
    }

    /// Other streams, for tests.
    pub fn to(out: impl Write + Send + 'static, messages: impl Write + Send + 'static) -> Self {
        Self { out: Box::new(out), messages: Box::new(messages) }
    }

    /// One line of the result, written at once, so that a program that reads it can act on it.
    ///
    /// # Errors
    /// When the stream is closed.
    pub fn line(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        writeln!(self.out, "{}", text.as_ref())?;
        self.out.flush()
    }

    /// The result as JSON, indented, with a line end.
    ///
    /// # Errors
    /// When the stream is closed.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.out, value)?;
        writeln!(self.out)?;
        self.out.flush()
    }

    /// Bytes as they are.
    ///
    /// # Errors
    /// When the stream is closed.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// A table: columns as wide as their widest cell, two spaces between, no trailing blanks.
    ///
    /// # Errors
    /// When the stream is closed.
    pub fn table(&mut self, rows: &[Vec<String>]) -> io::Result<()> {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        for row in rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count().min(*width)));
            }
            writeln!(self.out, "{}", line.trim_end())?;
        }
        self.out.flush()
    }

    /// A message for whoever started the command, on standard error. That it cannot be shown is
    /// no reason to fail.
    pub fn message(&mut self, text: impl AsRef<str>) {
        let _ = writeln!(self.messages, "{}", text.as_ref());
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Output").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_nothing_trails() {
        let (out, messages) = (Shared::default(), Shared::default());
        let mut output = Output::to(out.clone(), messages.clone());
        let rows = [["a", "Ångström", ""], ["bbb", "c", "d"]];
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        output.table(&rows).unwrap();
        output.message("not part of the result");
        let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text, "a    Ångström\nbbb  c         d\n");
        assert!(messages.0.lock().unwrap().starts_with(b"not part"));
    }
}
