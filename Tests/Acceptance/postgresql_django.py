#!/usr/bin/env python3
"""Django on a running server: migrations, objects, the admin's pages, inspectdb.

    pip install django==5.2.8 "psycopg[binary]==3.3.9"
    postgresql_django.py PANDO

Starts `PANDO serve` on a new file, makes an application in a temporary folder and does what `manage.py` would: makemigrations, migrate
(Django's own applications among them), a second migration that changes the tables, queries of the object mapper (joins, aggregates,
transactions, JSON, dates, full text, full objects and values), the admin's list, search, change and history pages, and inspectdb. PANDO is the
executable. Prints each step; the exit status is 1 if anything differs.
"""

import datetime
import decimal
import io
import os
import sys
import tempfile

from postgresql import Failure, expect, served, step

MODELS = '''
import uuid
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=100, unique=True)
    born = models.DateField(null=True, blank=True)

    def __str__(self):
        return self.name


class Tag(models.Model):
    label = models.SlugField()


class Page(models.Model):
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    words = SearchVectorField(null=True)
    made = models.GeneratedField(
        expression=SearchVector("title", weight="A", config="english") + SearchVector("body", weight="B", config="english"),
        output_field=SearchVectorField(), db_persist=True)

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="page_words"), GinIndex(fields=["made"], name="page_made", fastupdate=False),
            GinIndex(SearchVector("title", "body", config="english"), name="page_text"),
        ]


class Book(models.Model):
    number = models.UUIDField(default=uuid.uuid4, unique=True)
    title = models.CharField(max_length=200, db_index=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    tags = models.ManyToManyField(Tag, blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    facts = models.JSONField(default=dict, blank=True)
    added = models.DateTimeField(auto_now_add=True)
    length = models.DurationField(null=True, blank=True)
    cover = models.BinaryField(null=True)
    in_print = models.BooleanField(default=True)
    rating = models.FloatField(null=True, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["title"]
        indexes = [models.Index(fields=["author", "-price"], name="book_author_price")]
        constraints = [
            models.UniqueConstraint(fields=["author", "title"], name="one_title"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="price_is_positive"),
        ]
'''

# What is added later.
MORE_MODELS = MODELS.replace(
    "    pages = models.PositiveIntegerField(null=True, blank=True)\n",
    "    pages = models.BigIntegerField(default=100)\n    subtitle = models.TextField(default='')\n",
).replace("    in_print = models.BooleanField(default=True)\n", "    available = models.BooleanField(default=True, null=True)\n").replace(
    "max_length=200, db_index=True", "max_length=300"
)

ADMIN = '''
from django.contrib import admin
from . import models


@admin.register(models.Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "author", "price", "added"]
    list_filter = ["author", "added"]
    search_fields = ["title", "author__name"]
    date_hierarchy = "added"
    filter_horizontal = ["tags"]


admin.site.register(models.Author)
admin.site.register(models.Tag)
'''


def configure(folder, port):
    import django
    from django.conf import settings

    os.makedirs(f"{folder}/library")
    for name, text in {"__init__": "", "models": MODELS, "admin": ADMIN}.items():
        with open(f"{folder}/library/{name}.py", "w") as file:
            file.write(text)
    with open(f"{folder}/addresses.py", "w") as file:
        file.write("from django.contrib import admin\nfrom django.urls import path\nurlpatterns = [path('admin/', admin.site.urls)]\n")
    sys.path.insert(0, folder)
    contrib = ["admin", "auth", "contenttypes", "sessions", "messages", "postgres"]
    middleware = ["sessions.middleware.SessionMiddleware", "auth.middleware.AuthenticationMiddleware", "messages.middleware.MessageMiddleware"]
    settings.configure(
        SECRET_KEY="not one", DEBUG=True, USE_TZ=True, ALLOWED_HOSTS=["*"], ROOT_URLCONF="addresses",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[f"django.contrib.{name}" for name in contrib] + ["library"],
        MIDDLEWARE=[f"django.contrib.{name}" for name in middleware],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages"]},
        }],
        DATABASES={"default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "admin", "HOST": "127.0.0.1", "PORT": str(port)}},
    )  # fmt: skip
    django.setup()


def manage(*arguments, **options):
    from django.core.management import call_command

    output = io.StringIO()
    call_command(*arguments, stdout=output, stderr=output, **options)
    return output.getvalue()


def migrations(folder):
    step("Django: makemigrations, migrate")
    manage("makemigrations", "library")
    manage("migrate", verbosity=0)
    expect("what is left to migrate", "[ ]" in manage("showmigrations"), False)
    expect("check", "no issues" in manage("check", databases=["default"]), True)


def objects():
    from django.db import IntegrityError, connection, transaction
    from django.db.models import Avg, Count, Exists, F, Max, OuterRef, Prefetch, Q, Subquery, Sum, Value, Window
    from django.db.models.functions import Coalesce, Concat, ExtractYear, Lower, RowNumber, TruncMonth
    from library.models import Author, Book, Tag

    step("Django: objects, there and back")
    ann = Author.objects.create(name="Ann", born=datetime.date(1970, 1, 2))
    bob, _ = Author.objects.get_or_create(name="Bob")
    first, second = Tag.objects.create(label="first"), Tag.objects.create(label="second")
    facts = {"pages": 10, "parts": [{"name": "one"}, {"name": "two"}], "open": None}
    book = Book.objects.create(
        title="A", author=ann, price="12.50", facts=facts, length=datetime.timedelta(days=1, hours=2), cover=b"\0\xff", rating=1.5,
        address="10.0.0.1", pages=7)  # fmt: skip
    book.tags.add(first, second)
    Book.objects.bulk_create([Book(title=f"B{n}", author=bob, price=n, facts={"pages": n}) for n in range(100)])
    got = Book.objects.select_related("author").prefetch_related("tags").get(number=book.number)
    expect("the book", (got.title, got.author.name, got.price, got.facts), ("A", "Ann", decimal.Decimal("12.50"), facts))
    expect("its other fields", (got.length, bytes(got.cover), got.rating, got.address, got.pages), (
        datetime.timedelta(days=1, hours=2), b"\0\xff", 1.5, "10.0.0.1", 7))  # fmt: skip
    expect("its tags", sorted(tag.label for tag in got.tags.all()), ["first", "second"])

    step("Django: queries")
    counts = Author.objects.annotate(n=Count("books"), most=Max("books__price"), mean=Avg("books__price")).order_by("name")
    expect("counts", [(a.name, a.n, a.most) for a in counts], [("Ann", 1, decimal.Decimal("12.50")), ("Bob", 100, decimal.Decimal(99))])
    expect("sums", Book.objects.aggregate(total=Sum(F("price") * 2))["total"], decimal.Decimal("9925.00"))
    expect("by JSON", Book.objects.filter(facts__pages__gte=98).count(), 2)
    expect("by a part of JSON", Book.objects.filter(facts__parts__0__name="one").get().title, "A")
    expect("contained", Book.objects.filter(facts__contains={"pages": 10}).count(), 2)
    expect("by a key", Book.objects.filter(facts__has_key="parts").count(), 1)
    expect("text", Book.objects.filter(title__icontains="b1").count(), 11)
    expect("a regular expression", Book.objects.filter(title__regex=r"^B\d$").count(), 10)
    expect("either", Book.objects.filter(Q(title="A") | Q(price__in=[1, 2])).count(), 3)
    expect("years", list(Author.objects.annotate(year=ExtractYear("born")).values_list("year", flat=True).order_by("name")), [1970, None])
    expect("months", Book.objects.annotate(month=TruncMonth("added")).values("month").annotate(n=Count("id")).get()["n"], 101)
    expect("exists", Author.objects.filter(Exists(Book.objects.filter(author=OuterRef("pk"), price__gt=50))).get().name, "Bob")
    best = Book.objects.filter(author=OuterRef("pk")).order_by("-price").values("title")[:1]
    expect("a subquery", list(Author.objects.annotate(best=Subquery(best)).order_by("name").values_list("best", flat=True)), ["A", "B99"])
    numbered = Book.objects.annotate(place=Window(RowNumber(), partition_by="author", order_by=F("price").desc()))
    expect("a window", numbered.filter(place=1).count(), 2)
    expect("text functions", Author.objects.annotate(x=Concat(Lower("name"), Value("!"))).order_by("x").first().x, "ann!")
    expect("a default", Author.objects.annotate(x=Coalesce("born", datetime.date(2000, 1, 1))).order_by("-x").first().name, "Bob")
    expect("distinct on", Book.objects.order_by("author", "-price").distinct("author").count(), 2)
    expect("a slice", [b.title for b in Book.objects.order_by("-price")[1:3]], ["B98", "B97"])
    expect("a union", Author.objects.filter(name="Ann").union(Author.objects.filter(name="Bob")).count(), 2)
    expect("prefetched", [len(a.books.all()) for a in Author.objects.order_by("name").prefetch_related(Prefetch("books"))], [1, 100])
    expect("iterated", sum(1 for _ in Book.objects.iterator(chunk_size=10)), 101)
    expect("dates", len(Book.objects.dates("added", "month")), 1)
    expect("an update", Book.objects.filter(author=bob).update(price=F("price") + 1), 100)
    Book.objects.bulk_update([Book(pk=book.pk, rating=2.5)], ["rating"])
    Author.objects.bulk_create([Author(name="Ann", born=datetime.date(1971, 1, 1))], update_conflicts=True, unique_fields=["name"],
                               update_fields=["born"])  # fmt: skip
    expect("after a conflict", Author.objects.get(name="Ann").born.year, 1971)
    expect("a plan", "Scan" in Book.objects.filter(title="A").explain(), True)

    step("Django: transactions and constraints")
    try:
        with transaction.atomic():
            Author.objects.create(name="Cid")
            with transaction.atomic():
                Author.objects.create(name="Dora")
                Author.objects.create(name="Ann")
        raise Failure("a second Ann")
    except IntegrityError as error:
        expect("the constraint", error.__cause__.diag.constraint_name is not None, True)
    expect("nobody was made", Author.objects.filter(name__in=["Cid", "Dora"]).count(), 0)
    try:
        with transaction.atomic():
            Book.objects.create(title="C", author_id=12345)
        raise Failure("a book of nobody")
    except IntegrityError:
        pass
    try:
        Book.objects.create(title="D", author=ann, price=-1)
        raise Failure("a negative price")
    except IntegrityError as error:
        expect("the check", error.__cause__.diag.constraint_name, "price_is_positive")
    with transaction.atomic():
        expect("a lock", Author.objects.select_for_update().get(name="Ann").name, "Ann")
    connection.check_constraints()


def search():
    from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank, SearchVector
    from django.db.models import F
    from library.models import Page

    step("Django: full text")
    Page.objects.bulk_create(
        [Page(title=f"Page {n}", body="A log of writes" if n % 10 else "Trees are written by copy on write") for n in range(200)])
    Page.objects.create(title="Trees", body="of pages")
    words = SearchVector("title", weight="A", config="english") + SearchVector("body", weight="B", config="english")
    expect("words", Page.objects.update(words=words), 201)
    text = SearchVector("title", "body", config="english")
    tree, phrase = SearchQuery("tree", config="english"), SearchQuery("copy on write", search_type="phrase", config="english")
    raw = SearchQuery("write:* & !tree", search_type="raw", config="english")
    web = SearchQuery('"copy on write" -log', search_type="websearch", config="english")
    counts = {"a word": (tree, 21), "a phrase": (phrase, 20), "a raw query": (raw, 180), "a query as people write it": (web, 20),
              "two of them": (tree & phrase, 20), "one of them": (tree | raw, 201), "none": (~tree, 180)}  # fmt: skip
    for name, (query, count) in counts.items():
        expect(f"{name} in a column", Page.objects.filter(words=query).count(), count)
        expect(f"{name} in a generated column", Page.objects.filter(made=query).count(), count)
        expect(f"{name} in an expression", Page.objects.annotate(search=text).filter(search=query).count(), count)
    expect("a lookup", Page.objects.filter(body__search="written").count(), 20)
    for name, found in [("page_words", Page.objects.filter(words=tree)), ("page_made", Page.objects.filter(made=tree)),
                        ("page_text", Page.objects.annotate(search=text).filter(search=tree))]:  # fmt: skip
        expect(f"the plan goes by {name}", f"using {name}" in found.explain(), True)
    ranked = Page.objects.annotate(rank=SearchRank(F("words"), tree)).filter(words=tree).order_by("-rank", "id")
    expect("the best", (ranked[0].title, round(ranked[0].rank, 7), ranked.count()), ("Trees", 0.6079271, 21))
    both = SearchQuery("tree copy", config="english")
    density = SearchRank("made", both, cover_density=True, weights=[0.1, 0.2, 0.4, 1.0], normalization=2)
    expect("by density", round(Page.objects.filter(made=both).annotate(rank=density).order_by("-rank")[0].rank, 7), 0.0020833)
    shown = Page.objects.filter(made=tree).annotate(shown=SearchHeadline("body", tree, config="english", start_sel="[", stop_sel="]"))
    expect("a headline", shown.order_by("id")[0].shown, "[Trees] are written by copy on write")
    Page.objects.filter(title="Trees").update(title="Woods")
    expect("after an update", (Page.objects.filter(made=tree).count(), Page.objects.filter(words=tree).count()), (20, 21))


def admin_pages():
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.utils import setup_test_environment
    from library.models import Author, Book

    step("Django: the admin's pages")
    setup_test_environment()
    User.objects.create_superuser("root", "root@example.org", "secret")
    client = Client()
    expect("the login", client.login(username="root", password="secret"), True)
    book = Book.objects.get(title="A")
    pages = {
        "/admin/": "Library", "/admin/library/book/": "101 books", "/admin/library/book/?q=ann": "1 result",
        "/admin/library/book/?author__id__exact=1": "1 book", "/admin/library/book/?o=-3.1": "B99",
        f"/admin/library/book/?added__year={book.added.year}": "101 books", f"/admin/library/book/{book.pk}/change/": "one_title",
        "/admin/library/author/add/": "Born", "/admin/auth/user/": "root@example.org", "/admin/auth/group/add/": "Can add book",
    }
    pages[f"/admin/library/book/{book.pk}/change/"] = "Tags"
    for page, part in pages.items():
        answer = client.get(page)
        expect(page, answer.status_code, 200)
        expect(f"{page} shows {part}", part in answer.content.decode(), True)
    expect("an author is added", client.post("/admin/library/author/add/", {"name": "Eve", "born": "1980-05-06"}).status_code, 302)
    eve = Author.objects.get(name="Eve")
    expect("changed", client.post(f"/admin/library/author/{eve.pk}/change/", {"name": "Eva", "born": ""}).status_code, 302)
    expect("the history", "Changed" in client.get(f"/admin/library/author/{eve.pk}/history/").content.decode(), True)
    answer = client.post("/admin/library/author/", {"action": "delete_selected", "_selected_action": [eve.pk], "post": "yes"})
    expect("deleted", (answer.status_code, Author.objects.filter(pk=eve.pk).exists()), (302, False))


def inspection():
    from django.db import connection

    step("Django: what inspectdb and the introspection find")
    models = manage("inspectdb")
    for part in [
        "class LibraryBook(models.Model)", "title = models.CharField(max_length=200)", "author = models.ForeignKey(LibraryAuthor, models.DO_NOTHING)",
        "price = models.DecimalField(max_digits=8, decimal_places=2)", "facts = models.JSONField()", "number = models.UUIDField(unique=True)",
        "length = models.DurationField(blank=True, null=True)", "cover = models.BinaryField(blank=True, null=True)",
        "address = models.GenericIPAddressField(blank=True, null=True)", "unique_together = (('author', 'title'),)",
        "class DjangoSession(models.Model)", "id = models.BigAutoField(primary_key=True)",
    ]:  # fmt: skip
        if part not in models:
            raise Failure(f"inspectdb has no {part}:\n{models}")
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "library_book")
        expect("sequences", connection.introspection.get_sequences(cursor, "library_book")[0]["column"], "id")
    expect("the index", constraints["book_author_price"]["columns"], ["author_id", "price"])
    expect("its orders", constraints["book_author_price"]["orders"], ["ASC", "DESC"])
    expect("the check", constraints["price_is_positive"]["check"], True)
    keys = [found["foreign_key"] for found in constraints.values() if found["foreign_key"]]
    expect("the foreign key", keys, [("library_author", "id")])


def change(folder, port):
    """In a process of its own, where the models are the later ones."""
    import subprocess

    step("Django: a second migration changes the tables")
    with open(f"{folder}/library/models.py", "w") as file:
        file.write(MORE_MODELS)
    code = f"""
import sys; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})
import postgresql_django as it, io
sys.argv = ['x']
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
it.again({folder!r}, {port})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if done.returncode:
        raise Failure(done.stderr[-1500:])


def again(folder, port):
    import django
    from django.conf import settings

    sys.path.insert(0, folder)
    settings.configure(
        SECRET_KEY="x", USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.postgres", "library"],
        DATABASES={"default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "admin", "HOST": "127.0.0.1", "PORT": str(port)}},
    )  # fmt: skip
    django.setup()
    with open(f"{folder}/library/migrations/0002_more.py", "w") as file:
        file.write(
            "from django.db import migrations, models\n\n\ndef fill(apps, editor):\n"
            "    for book in apps.get_model('library', 'Book').objects.filter(pages=None):\n"
            "        book.pages = 1\n        book.save()\n\n\n"
            "class Migration(migrations.Migration):\n    dependencies = [('library', '0001_initial')]\n    operations = [\n"
            "        migrations.RunPython(fill, migrations.RunPython.noop),\n"
            "        migrations.AlterField('book', 'pages', models.BigIntegerField(default=100)),\n"
            "        migrations.AddField('book', 'subtitle', models.TextField(default='')),\n"
            "        migrations.RenameField('book', 'in_print', 'available'),\n"
            "        migrations.AlterField('book', 'available', models.BooleanField(default=True, null=True)),\n"
            "        migrations.AlterField('book', 'title', models.CharField(max_length=300)),\n"
            "        migrations.RenameModel('Tag', 'Label'),\n"
            "        migrations.RenameModel('Label', 'Tag'),\n    ]\n"
        )
    manage("migrate", "library", verbosity=0)
    expect("models and tables differ", "No changes" in manage("makemigrations", "library", dry_run=True), True)
    from library.models import Book

    expect("the book", [(b.pages, b.subtitle, b.available) for b in Book.objects.filter(title="A")], [(7, "", True)])
    manage("migrate", "library", "0001", verbosity=0)
    manage("migrate", "library", verbosity=0)
    manage("sqlmigrate", "library", "0002")


def main():
    with served(os.path.abspath(sys.argv[1])) as port, tempfile.TemporaryDirectory() as folder:
        configure(folder, port)
        migrations(folder)
        objects()
        search()
        admin_pages()
        inspection()
        from django.db import connections

        connections.close_all()
        change(folder, port)
    print("everything agrees")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"postgresql_django.py: {failure}")
