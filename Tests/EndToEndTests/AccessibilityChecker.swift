import Foundation

/// What a machine can check of the Web Content Accessibility Guidelines 2.2, levels A and AA, in a page as the browser
/// shows it. Each finding is `rule: element`; the criterion of each rule stands beside it.
enum AccessibilityChecker {
    /// axe-core's script, a second opinion where there is one: Debian has no package of it, so whoever has the file names it
    /// in `CLAVE_AXE`.
    static let axe = getenv("CLAVE_AXE").map { try! String(contentsOfFile: String(cString: $0), encoding: .utf8) }

    /// Gives axe-core's findings, of all levels of these guidelines and of its authors' best practices.
    static let axeScript = """
        return axe.run(document, { resultTypes: ['violations'] }).then(function (results) {
          return results.violations.flatMap(function (rule) {
            return rule.nodes.map(function (node) {
              return 'axe ' + rule.id + ' (' + rule.impact + '): ' + node.html.slice(0, 90);
            });
          });
        });
        """

    /// Gives a list of findings.
    static let script = """
        var findings = [];
        function found(rule, element) {
          var text = element ? (element.outerHTML || '').replace(/\\s+/g, ' ').slice(0, 90) : '';
          findings.push(rule + (text ? ': ' + text : ''));
        }
        function all(selector) { return Array.from(document.querySelectorAll(selector)); }
        function isShown(element) {
          var style = getComputedStyle(element);
          return element.getClientRects().length > 0 && style.visibility !== 'hidden';
        }
        function name(element) {
          var by = (element.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean)
            .map(function (id) { var e = document.getElementById(id); return e ? e.textContent : ''; }).join(' ');
          var labels = element.labels ? Array.from(element.labels).map(function (l) { return l.textContent; }).join(' ') : '';
          var own = ['BUTTON', 'A', 'SUMMARY'].indexOf(element.tagName) >= 0 ? element.textContent : '';
          return (by || element.getAttribute('aria-label') || labels || own || '').trim();
        }
        // 3.1.1, 2.4.2, 1.4.4
        if (!/^(ca|es|gl|eu|en)$/.test(document.documentElement.lang)) { found('lang', document.documentElement); }
        if (!document.title.trim()) { found('title'); }
        all('meta[name=viewport]').forEach(function (meta) {
          if (/user-scalable *= *no|maximum-scale/.test(meta.content)) { found('zoom', meta); }
        });
        // 2.2.1
        all('meta[http-equiv=refresh]').forEach(function (meta) { found('refresh', meta); });
        // 1.3.1, 2.4.6: one heading of the page, and none left out below it
        if (all('h1').length !== 1) { found('h1'); }
        var level = 0;
        all('h1,h2,h3,h4,h5,h6').filter(isShown).forEach(function (heading) {
          var own = Number(heading.tagName[1]);
          if (own > level + 1) { found('heading-order', heading); }
          if (!heading.textContent.trim()) { found('name', heading); }
          level = own;
        });
        // 1.3.1, 2.4.1
        if (all('main').length !== 1) { found('main'); }
        // 4.1.2: references
        var ids = {};
        all('[id]').forEach(function (element) {
          if (ids[element.id]) { found('duplicate-id', element); }
          ids[element.id] = true;
        });
        all('[aria-describedby],[aria-labelledby],label[for]').forEach(function (element) {
          ['aria-describedby', 'aria-labelledby', 'for'].forEach(function (attribute) {
            (element.getAttribute(attribute) || '').split(' ').filter(Boolean).forEach(function (id) {
              if (!document.getElementById(id)) { found('dangling-reference', element); }
            });
          });
        });
        // 4.1.2, 2.4.4, 3.3.2: names
        var controls = all('a[href],button,input:not([type=hidden]),select,textarea,video[controls],[tabindex]');
        controls.concat(all('nav,[role=region]')).forEach(function (element) {
          if (isShown(element) && !name(element)) { found('name', element); }
        });
        // 1.1.1
        all('img:not([alt])').forEach(function (image) { found('image', image); });
        all('svg').forEach(function (image) {
          var title = image.querySelector('title');
          if (image.getAttribute('aria-hidden') !== 'true' && !(title && title.textContent.trim())) { found('image', image); }
        });
        // 1.3.1: tables and lists
        all('table').forEach(function (table) {
          if (!table.caption || !table.querySelector('th[scope]')) { found('table', table); }
        });
        all('li').forEach(function (item) {
          if (['UL', 'OL'].indexOf(item.parentElement.tagName) < 0) { found('list', item); }
        });
        // 3.3.1: an error is tied to its field
        all('[aria-invalid=true]').forEach(function (element) {
          if (!element.getAttribute('aria-describedby')) { found('error-tie', element); }
        });
        // 2.4.3
        all('[tabindex]').forEach(function (element) { if (element.tabIndex > 0) { found('tabindex', element); } });
        // 1.4.3
        function channels(colour) { return (colour.match(/[0-9.]+/g) || []).map(Number); }
        function luminance(colour) {
          var parts = colour.slice(0, 3).map(function (value) {
            value /= 255;
            return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
          });
          return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
        }
        function background(element) {
          for (var e = element; e; e = e.parentElement) {
            var colour = channels(getComputedStyle(e).backgroundColor);
            if (colour.length === 3 || colour[3] > 0.99) { return colour; }
          }
          return [255, 255, 255];
        }
        var words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), checked = new Set();
        while (words.nextNode()) {
          var holder = words.currentNode.parentElement;
          if (!words.currentNode.data.trim() || checked.has(holder) || !isShown(holder)) { continue; }
          if (['SCRIPT', 'STYLE', 'NOSCRIPT', 'OPTION'].indexOf(holder.tagName) >= 0) { continue; }
          checked.add(holder);
          var style = getComputedStyle(holder), size = parseFloat(style.fontSize);
          var isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
          var pair = [luminance(channels(style.color)), luminance(background(holder))].sort(function (a, b) { return b - a; });
          if ((pair[0] + 0.05) / (pair[1] + 0.05) < (isLarge ? 3 : 4.5)) { found('contrast', holder); }
        }
        // 2.5.8: a tick counts with its label, and a link within a sentence is excepted
        all('button,select,input:not([type=hidden]),nav a').filter(isShown).forEach(function (element) {
          var target = (element.type === 'checkbox' || element.type === 'radio') && element.closest('label') || element;
          var box = target.getBoundingClientRect();
          if (Math.round(box.width) < 24 || Math.round(box.height) < 24) { found('target', element); }
        });
        // 2.4.7, 1.4.11
        var before = document.activeElement;
        controls.filter(isShown).forEach(function (element) {
          element.focus();
          var style = getComputedStyle(element);
          if (document.activeElement !== element || style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) {
            found('focus', element);
          }
        });
        if (before && before.focus) { before.focus(); }
        scrollTo(0, 0);
        // 1.4.10
        var page = document.scrollingElement;
        if (page.scrollWidth > page.clientWidth) {
          var widest = all('body *').filter(function (e) { return e.getBoundingClientRect().right > page.clientWidth + 1; })[0];
          found('overflow', widest || document.body);
        }
        all('body *').forEach(function (element) {
          var style = getComputedStyle(element);
          if (style.overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1) { found('overflow', element); }
        });
        // 1.4.12: no word of a heading, a control, a table or a list of facts in two lines
        all('h1,h2,h3,button,label,th,td,dt,dd,summary').filter(isShown).forEach(function (element) {
          var walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), node;
          while ((node = walker.nextNode())) {
            for (var word of node.data.matchAll(/[^\\s-]+/g)) {
              var range = document.createRange();
              range.setStart(node, word.index);
              range.setEnd(node, word.index + word[0].length);
              if (new Set(Array.from(range.getClientRects()).map(function (r) { return r.top; })).size > 1) {
                found('broken-word', element);
              }
            }
          }
        });
        return findings;
        """

    /// A page with one fault of each rule, for a test of the checker.
    static let faulty = """
        <!DOCTYPE html><html lang="tlh"><head><meta name="viewport" content="width=device-width, user-scalable=no">
        <meta http-equiv="refresh" content="600"><style>
        .pale { color: #bbb; background: #fff } .none:focus { outline: none } button { min-width: 44px; min-height: 44px }
        input { min-height: 24px } *:focus { outline: 3px solid #00f } a.none:focus { outline: none !important }
        </style></head><body><h1>One</h1><h1>Two</h1><h3>Three</h3>
        <h3 style="width: 3em; overflow-wrap: anywhere">Unbreakable</h3><p class="pale" id="twice">Pale words</p><p id="twice">Twice</p>
        <input type="text"><label for="nowhere">Nowhere</label><img src="data:,"><table><tr><td>1</td></tr></table>
        <li>Loose</li><input type="text" aria-label="Wrong" aria-invalid="true">
        <button tabindex="5">First</button><button style="min-width: 0; min-height: 0; width: 9px; height: 9px">x</button>
        <a class="none" href="/">No outline</a><div style="width: 3000px">Wide</div></body></html>
        """
    static let rules: Set<String> = [
        "lang", "title", "zoom", "refresh", "h1", "heading-order", "main", "duplicate-id", "dangling-reference", "name",
        "image", "table", "list", "error-tie", "tabindex", "contrast", "target", "focus", "overflow",
        "broken-word",
    ]
}
