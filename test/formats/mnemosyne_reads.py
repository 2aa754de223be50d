"""Lets Mnemosyne import an Anki package and prints what it took from it, as JSON: python3 mnemosyne_reads.py PACKAGES FILE FOLDER."""

import json
import sys
import types

packages, package, folder = sys.argv[1:4]
sys.path.insert(0, packages)


class Anything:
    """Stands for what the importer imports and never calls: servers, passwords, pictures."""

    def __init__(self, *_, **__):
        pass

    def __getattr__(self, _):
        return Anything()

    def __call__(self, *_, **__):
        return Anything()


class Absent(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything


for name in ("argon2", "cheroot", "cheroot.wsgi", "cherrypy", "webob", "webob.static", "PIL", "matplotlib"):
    try:
        __import__(name)
    except ImportError:
        sys.modules[name] = Absent(name)

from mnemosyne.libmnemosyne import Mnemosyne
from mnemosyne.libmnemosyne.ui_components.main_widget import MainWidget


class Quiet(MainWidget):
    """A window nobody looks at; what Mnemosyne would show as an error ends the program."""

    def show_information(self, text):
        pass

    def show_error(self, text):
        sys.stderr.write(text)
        sys.exit(2)

    def show_question(self, text, option0, option1, option2):
        return 0

    def set_progress_text(self, text):
        pass

    def set_progress_range(self, maximum):
        pass

    def set_progress_update_interval(self, interval):
        pass

    def increase_progress(self, value):
        pass

    def set_progress_value(self, value):
        pass

    def close_progress(self):
        pass


sys.modules["quiet"] = types.ModuleType("quiet")
sys.modules["quiet"].Quiet = Quiet

app = Mnemosyne(upload_science_logs=False, interested_in_old_reps=True, asynchronous_database=True)
app.components = [one for one in app.components if ".languages." not in one[0] and "pronouncer" not in one[0] and "translator" not in one[0]]
app.components.insert(0, ("mnemosyne.libmnemosyne.gui_translators.no_gui_translator", "NoGuiTranslator"))
app.components.append(("quiet", "Quiet"))
# No question is shown: there is no window for it.
app.start_review = lambda: None
app.initialise(folder, automatic_upgrades=False)
importer = next(one for one in app.component_manager.all("file_format") if one.__class__.__name__ == "Anki2")
importer.do_import(package)
database = app.database()
cards = []
for _id, fact_id in database.cards():
    card = database.card(_id, is_id_internal=True)
    cards.append(
        {
            "id": card.id,
            "fields": [card.fact.data[key] for key in sorted(card.fact.data)],
            "template": card.fact_view.name,
            "question": card.fact_view.extra_data["qfmt"],
            "type": card.card_type.name,
            "tags": sorted(tag.name for tag in card.tags),
            "next": card.next_rep,
            "last": card.last_rep,
            "ease": card.easiness,
            "reviews": card.ret_reps,
            "lapses": card.lapses,
            "grade": card.grade,
        }
    )
log = database.con.execute("select count() from log where event_type=?", (9,)).fetchone()[0]
print(json.dumps({"cards": cards, "reviews": log}))
database.backup = lambda: None
