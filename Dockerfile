# DeepQuake for machines with Docker. From the project's folder:
#   docker build -t deepquake .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" deepquake step4_train.py --help
# Paths on the command line are those of the folder mounted at /data. Without arguments: what
# can be run. deepquake.def is the same for Apptainer.
FROM python:3.11-slim

# Nothing is written to the home folder, so that any --user will do.
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MPLCONFIGDIR=/tmp/matplotlib

# First the packages: they change less often than the code.
COPY requirements.txt /opt/deepquake/
RUN pip install --no-cache-dir --requirement /opt/deepquake/requirements.txt

COPY LICENSE config_default.ini step*.py /opt/deepquake/
COPY deepquake /opt/deepquake/deepquake
COPY experiments /opt/deepquake/experiments

RUN useradd --create-home --uid 1000 deepquake
USER 1000
WORKDIR /data
ENTRYPOINT ["bash", "/opt/deepquake/experiments/container.sh"]
