//! Changes to a text that keep every line where it is, so that errors are found in the original.

/// A change: the bytes from `start` to `end` are replaced.
#[derive(Debug, Clone)]
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// The changes to one file, in any order that keeps outer insertions before inner ones.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    list: Vec<Edit>,
    /// Code before the file's first byte: hoisted imports and exports, each with the byte it is for.
    prologue: Vec<(String, usize)>,
}

/// A changed text that knows where its bytes come from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edited {
    pub(crate) code: String,
    /// Byte of the code and byte of the original, ascending in the first.
    anchors: Vec<(usize, usize)>,
}

impl Edits {
    pub(crate) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.list.push(Edit { start: at, end: at, text: text.into() });
    }

    pub(crate) fn replace(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.list.push(Edit { start, end, text: text.into() });
    }

    /// Puts blanks over a stretch.
    pub(crate) fn blank(&mut self, start: usize, end: usize, source: &str) {
        if let Some(text) = source.get(start..end) {
            let blanks = text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
            self.list.push(Edit { start, end, text: blanks });
        }
    }

    /// Code that runs before the file, on account of what stands at `origin`.
    pub(crate) fn before(&mut self, text: impl Into<String>, origin: usize) {
        self.prologue.push((text.into(), origin));
    }

    /// The text between `head` and `tail`, changed.
    pub(crate) fn apply(mut self, source: &str, head: &str, tail: &str) -> Edited {
        self.list.sort_by_key(|edit| edit.start);
        let mut edited = Edited::default();
        edited.push(head, 0);
        for (text, origin) in &self.prologue {
            edited.push(text, *origin);
        }
        let mut at = 0;
        for edit in &self.list {
            if edit.start < at {
                continue;
            }
            edited.push(source.get(at..edit.start).unwrap_or_default(), at);
            edited.push(&edit.text, edit.start);
            let lost = lines(source.get(edit.start..edit.end).unwrap_or_default());
            let kept = lines(&edit.text);
            edited.push(&"\n".repeat(lost.saturating_sub(kept)), edit.start);
            at = edit.end;
        }
        edited.push(source.get(at..).unwrap_or_default(), at);
        edited.push(tail, source.len());
        edited
    }
}

fn lines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

impl Edited {
    fn push(&mut self, text: &str, origin: usize) {
        if !text.is_empty() {
            self.anchors.push((self.code.len(), origin));
            self.code.push_str(text);
        }
    }

    /// The byte of the original that became byte `offset` of the code.
    pub(crate) fn origin(&self, offset: usize, source: &str) -> usize {
        let index = self.anchors.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
        let Some(&(start, origin)) = self.anchors.get(index) else { return 0 };
        let next = self.anchors.get(index + 1).map_or(source.len(), |(_, origin)| *origin);
        // Inside inserted code, the place it was inserted for.
        let copied = source.get(origin..).is_some_and(|rest| {
            self.code.get(start..offset).is_some_and(|text| rest.starts_with(text))
        });
        if copied { (origin + (offset - start)).min(next.max(origin)) } else { origin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_that_was_kept_is_found_again() {
        let source = "let a = 1;\nlet bb = cc;\n";
        let mut edits = Edits::default();
        edits.before("head();", 11);
        edits.insert(20, "f(");
        edits.insert(22, ")");
        edits.replace(4, 5, "renamed");
        let edited = edits.apply(source, "(function(){", "\n})");
        assert_eq!(edited.code, "(function(){head();let renamed = 1;\nlet bb = f(cc);\n\n})");
        for word in ["let bb", "cc", ";\n"] {
            let found = edited.origin(edited.code.find(word).unwrap(), source);
            assert_eq!(found, source.find(word).unwrap(), "{word}");
        }
        assert_eq!(edited.origin(edited.code.find("head").unwrap(), source), 11);
    }

    #[test]
    fn lines_stay_where_they_are() {
        let source = "import {\n a\n} from './a';\nx";
        let mut edits = Edits::default();
        edits.replace(0, 25, "");
        let edited = edits.apply(source, "", "");
        assert_eq!(edited.code, "\n\n\nx");
    }
}
